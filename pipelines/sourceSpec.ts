import { z } from 'zod';

const name = z.string().min(1);

const ColumnSpec = z
  .strictObject({
    from: name.optional(),
    sql: name.optional(),
    type: z.enum(['string', 'category', 'integer', 'number', 'boolean', 'date']),
    nullable: z.boolean().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    values: z.array(name).min(1).optional(),
    dateFormat: name.optional(),
    description: name.optional(),
  })
  .refine((column) => !(column.from && column.sql), 'give `from` or `sql`, not both');

/** A raw table as a configuration says it: files, key, and for each column where it is and what must hold of it. */
export const SourceSpec = z.strictObject({
  files: z.record(name, name),
  query: name.optional(),
  delimiter: name.optional(),
  encoding: name.optional(),
  key: z.array(name).min(1),
  columns: z.record(name, ColumnSpec),
});
