import type { Session } from './session.ts';
import { literal } from './sql.ts';
import type { SplitRule } from './types.ts';

/**
 * Puts every contract of a model type into train, test or inference, and into a fold.
 *
 * Within a stratum (model type, target) contracts are ordered by `h`, then `policy_id`; `h` is the last 8 bytes of the
 * MD5 of `<seed>:<policy_id>` as a little-endian integer (DuckDB's `md5_number_lower`). Of n, the first floor(n *
 * train + 0.5) are `train`, up to floor(n * (train + test) + 0.5) `test`, the rest `inference`; so are contracts
 * without a target. The fold is the position in that order modulo `folds`; null without a target.
 *
 * @returns a table `contract_split` of `policy_id`, `split` and, with folds, `fold`, from `pola_kept`
 */
export async function assignSplit(session: Session, rule: SplitRule, folds: number): Promise<void> {
  const fold = folds > 0 ? ', CAST(NULL AS INTEGER) AS fold' : '';
  if (rule === 'inference') {
    await session.run(`
      CREATE TABLE contract_split AS SELECT policy_id, 'inference' AS split ${fold}
      FROM pola_kept WHERE model_type IS NOT NULL`);
    return;
  }
  await session.run(`
    CREATE TABLE contract_split AS
    SELECT policy_id, CASE
        WHEN place < floor(n * ${literal(rule.train)} + 0.5) THEN 'train'
        WHEN place < floor(n * ${literal(rule.train + rule.test)} + 0.5) THEN 'test'
        ELSE 'inference' END AS split
      ${folds > 0 ? `, CAST(place % ${Math.trunc(folds)} AS INTEGER) AS fold` : ''}
    FROM (
      SELECT policy_id, row_number() OVER (stratum ORDER BY h, policy_id) - 1 AS place, count(*) OVER (stratum) AS n
      FROM (
        SELECT policy_id, model_type, target, md5_number_lower(${literal(`${rule.seed}:`)} || policy_id) AS h
        FROM pola_kept WHERE model_type IS NOT NULL AND target IS NOT NULL)
      WINDOW stratum AS (PARTITION BY model_type, target))
    UNION ALL
    SELECT policy_id, 'inference' AS split ${fold}
    FROM pola_kept WHERE model_type IS NOT NULL AND target IS NULL`);
}
