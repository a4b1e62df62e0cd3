export type MetricUnit = 'Count' | 'None' | 'Seconds' | 'Bytes' | 'Percent';

export type Metrics = {
  namespace: string;
  /** By name; a metric of other dimensions is another metric. At most 30, none empty. */
  dimensions: Readonly<Record<string, string>>;
  /** By name, at most 100. A null value was not measurable and is left out. */
  values: Readonly<Record<string, { value: number | null; unit: MetricUnit }>>;
  /** Beside the metrics, for whoever reads the log: not a dimension, so it may differ from line to line. */
  properties?: Readonly<Record<string, string>>;
  time: Date;
};

const METRICS_MAX = 100;
const DIMENSIONS_MAX = 30;

/**
 * Metrics as one log line in CloudWatch's embedded metric format: whatever takes the log to CloudWatch makes metrics of it, so a job
 * needs neither a call nor a right for them. Null where no value is measurable.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @throws Error for a value that is not finite, too many values or dimensions, an empty dimension, or a name that is used twice
 */
export function formatMetrics({ namespace, dimensions, values, properties = {}, time }: Metrics): string | null {
  const measured = Object.entries(values).flatMap(([Name, { value, unit }]) =>
    value === null ? [] : [{ Name, Unit: unit, value }],
  );
  if (measured.length === 0) return null;
  const names = [...measured.map(({ Name }) => Name), ...Object.keys(dimensions), ...Object.keys(properties)];
  const fault = findFault(measured, dimensions, names);
  if (fault !== undefined) throw new Error(`metrics of ${namespace}: ${fault}`);
  const directive = {
    Namespace: namespace,
    Dimensions: [Object.keys(dimensions)],
    Metrics: measured.map(({ Name, Unit }) => ({ Name, Unit })),
  };
  return JSON.stringify({
    _aws: { Timestamp: time.getTime(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...properties,
    ...Object.fromEntries(measured.map(({ Name, value }) => [Name, value])),
  });
}

function findFault(
  measured: readonly { Name: string; value: number }[],
  dimensions: Metrics['dimensions'],
  names: readonly string[],
): string | undefined {
  const infinite = measured.find(({ value }) => !Number.isFinite(value));
  if (infinite) return `${infinite.Name} is ${infinite.value}`;
  if (measured.length > METRICS_MAX) return `${measured.length} values, ${METRICS_MAX} are allowed`;
  if (Object.keys(dimensions).length > DIMENSIONS_MAX) return `more than ${DIMENSIONS_MAX} dimensions`;
  const empty = Object.entries(dimensions).find(([, value]) => value.trim() === '');
  if (empty) return `the dimension ${empty[0]} is empty`;
  const twice = names.find((name, index) => names.indexOf(name) !== index || name === '_aws');
  return twice === undefined ? undefined : `the name ${twice} is used twice`;
}
