/** Pure column -> column functions on polars expressions, one a file. They read nothing and write nothing. */
export { addInvoiceColumns, type InvoiceStatistic } from './addInvoiceColumns.ts';
export { categorizeTenure, type TenureBand } from './categorizeTenure.ts';
export { classifyEstrato, ESTRATO_CLASSES } from './classifyEstrato.ts';
export { dayOf } from './days.ts';
export { handleIncorrientes, type IncorrientesRules } from './handleIncorrientes.ts';
export { measureLateness } from './measureLateness.ts';
export { type DateStrategy, normalizeDatesRelativeToInvoice } from './normalizeDatesRelativeToInvoice.ts';
export { pivotInvoices } from './pivotInvoices.ts';
export { quantileThresholds, rankRisk } from './rankRisk.ts';
