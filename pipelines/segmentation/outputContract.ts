/** The columns that the downstream customer-value model reads; their order and types do not change within a version. */
export const OUTPUT_COLUMNS = [
  { name: 'customer_id', type: 'string', nullable: false, meaning: 'Customer (CLIE)' },
  { name: 'policy_id', type: 'string', nullable: false, meaning: 'Supply contract (POLA); one row each' },
  { name: 'tarifa', type: 'string', nullable: false, meaning: 'Tariff as in POLA' },
  { name: 'split', type: 'string', nullable: false, meaning: 'train, test or inference: whether training saw the row' },
  { name: 'target', type: 'int32', nullable: true, meaning: 'Known outcome: 1 happened, 0 not, null unknown' },
  { name: 'probability', type: 'double', nullable: false, meaning: 'Probability of the outcome, 0 to 1' },
  { name: 'predicted', type: 'boolean', nullable: false, meaning: "Probability at or above the model's threshold" },
  { name: 'up_to_date', type: 'boolean', nullable: false, meaning: 'False for incorrientes' },
  { name: 'incorriente_reason', type: 'string', nullable: true, meaning: 'overdue, open_invoices or no_invoice' },
  {
    name: 'risk_rank',
    type: 'int32',
    nullable: true,
    meaning: '1 = lowest fifth of the model type; null for incorrientes',
  },
  { name: 'risk_category', type: 'string', nullable: false, meaning: 'Name of the rank, or INCORRIENTE' },
  { name: 'estrato_class', type: 'string', nullable: false, meaning: 'BAJO, MEDIO, ALTO or DESCONOCIDO' },
  { name: 'tenure_months', type: 'double', nullable: true, meaning: 'Months since the start of the contract' },
  { name: 'tenure_rank', type: 'int32', nullable: false, meaning: '1 = Cliente Nuevo; 0 = unknown' },
  { name: 'cat_and', type: 'string', nullable: false, meaning: 'Name of the tenure category' },
  { name: 'cluster_code', type: 'string', nullable: false, meaning: 'Stable code of the cluster' },
  { name: 'cluster_name', type: 'string', nullable: false, meaning: 'The same for a reader' },
  { name: 'amount_mean', type: 'double', nullable: true, meaning: 'Mean invoice over the longest window, EUR' },
  { name: 'consumption_mean', type: 'double', nullable: true, meaning: 'Mean consumption over the longest window' },
] as const;

/** The data contract, written beside the data. */
export function dataContract(): object {
  return {
    schema_version: 1,
    name: 'segmentation-clusters',
    format: 'parquet',
    partitions: [
      { name: 'execution_date', type: 'date', meaning: 'YYYY-MM-DD of the run' },
      { name: 'model_type', type: 'string', meaning: 'Domestic or Industrial' },
    ],
    key: ['execution_date', 'policy_id'],
    columns: OUTPUT_COLUMNS,
  };
}
