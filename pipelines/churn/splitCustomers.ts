import { createHash } from 'node:crypto';
import { inputError } from '../stepInputs.ts';

export type LabelledCustomer = { customer_id: string; churn: number };
/** `fold` is null in test: nothing is cross-validated there. */
export type SplitCustomer = LabelledCustomer & { split: 'train' | 'test'; fold: number | null };

/**
 * A stratified split that depends on nothing but the seed and the customers: those of each class are ordered by the last 8 bytes of the
 * MD5 of `<seed>:<customer_id>` (little-endian), and the first are test. Of n customers round(testShare * n) are test, round(testShare *
 * churners) of them churners, so each class is within one row of its share; a customer's place hardly changes when others come or
 * go. The fold is the place among the training customers of the class, modulo `folds`.
 *
 * @returns the customers by `customer_id`
 * @throws InputError `labels_one_class`, `too_few_rows` (a class with fewer training rows than folds, or none in test)
 */
export function splitCustomers(
  customers: readonly LabelledCustomer[],
  rule: { seed: number; testShare: number; folds: number },
  where: string,
): SplitCustomer[] {
  const classes = [0, 1].map((churn) => customers.filter((one) => one.churn === churn));
  const [stayers, churners] = classes as [LabelledCustomer[], LabelledCustomer[]];
  if (stayers.length === 0 || churners.length === 0) {
    const what = `${customers.length} labelled customers, ${churners.length} of them churners`;
    throw inputError('labels_one_class', what, where, 'give both those who left and those who stayed');
  }
  const testRows = Math.round(rule.testShare * customers.length);
  const testChurners = Math.round(rule.testShare * churners.length);
  const placed = [
    ...placeClass(stayers, testRows - testChurners, rule, where),
    ...placeClass(churners, testChurners, rule, where),
  ];
  return placed.sort((a, b) => (a.customer_id < b.customer_id ? -1 : 1));
}

function placeClass(
  customers: readonly LabelledCustomer[],
  testRows: number,
  rule: { seed: number; testShare: number; folds: number },
  where: string,
): SplitCustomer[] {
  if (customers.length - testRows < rule.folds || (rule.testShare > 0 && testRows < 1)) {
    const name = customers[0]?.churn === 1 ? 'churners' : 'customers who stayed';
    const what = `${customers.length} ${name}: too few for ${rule.folds} folds and a test share of ${rule.testShare}`;
    throw inputError('too_few_rows', what, where, 'give more customers, or set modeling.folds and modeling.test_share');
  }
  const keyed = customers.map((customer) => ({ customer, key: hashOf(rule.seed, customer.customer_id) }));
  keyed.sort(
    (a, b) =>
      Number(a.key > b.key) - Number(a.key < b.key) || (a.customer.customer_id < b.customer.customer_id ? -1 : 1),
  );
  return keyed.map(({ customer }, place) =>
    place < testRows
      ? { ...customer, split: 'test', fold: null }
      : { ...customer, split: 'train', fold: (place - testRows) % rule.folds },
  );
}

function hashOf(seed: number, customerId: string): bigint {
  return createHash('md5').update(`${seed}:${customerId}`).digest().readBigUInt64LE(8);
}
