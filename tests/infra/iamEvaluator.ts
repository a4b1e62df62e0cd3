/**
 * Decides requests by policy documents as AWS documents it ("Policy evaluation logic" and "Condition operators" of the IAM User
 * Guide): an explicit deny wins, then an allow, else the request is denied. What it does not know it refuses to judge, by an error.
 * Left out: session, organisation and resource policies, policy variables.
 */

type Values = string | readonly string[];
type Conditions = Readonly<Record<string, Readonly<Record<string, Values>>>>;

export type AnyStatement = {
  Effect: string;
  Action?: Values;
  NotAction?: Values;
  Resource?: Values;
  NotResource?: Values;
  Principal?: unknown;
  Condition?: Conditions;
};

export type AnyDocument = { Version?: string; Statement: readonly AnyStatement[] };

export type Request = {
  action: string;
  resource: string;
  /** Keys of the request's context; a list is a key of many values. */
  context?: Readonly<Record<string, Values>>;
};

export type Decision = 'allowed' | 'not allowed' | 'denied';

/** Decides by policies of the identity, and by its boundary where it has one: both must allow, each may deny. */
export function decide(policies: readonly AnyDocument[], request: Request, boundary?: AnyDocument): Decision {
  const decisions = [judge(policies, request), ...(boundary === undefined ? [] : [judge([boundary], request)])];
  if (decisions.includes('denied')) return 'denied';
  return decisions.every((decision) => decision === 'allowed') ? 'allowed' : 'not allowed';
}

export type Assumption = {
  action: string;
  principal: { Service: string } | { Federated: string } | { AWS: string };
  context?: Request['context'];
};

/** Decides by the trust policy of a role: whether the principal may take it. */
export function mayAssume(trust: AnyDocument, { action, principal, context }: Assumption): boolean {
  const meant = trust.Statement.filter((statement) => isPrincipal(statement.Principal, principal));
  const asked = { action, resource: '*', ...(context && { context }) };
  const document = { Statement: meant.map((statement) => ({ ...statement, Resource: '*' })) };
  return judge([document], asked) === 'allowed';
}

function judge(policies: readonly AnyDocument[], request: Request): Decision {
  const matching = policies.flatMap(({ Statement }) => Statement).filter((statement) => applies(statement, request));
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return matching.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'not allowed';
}

function applies(statement: AnyStatement, { action, resource, context = {} }: Request): boolean {
  const { Action, NotAction, Resource, NotResource } = statement;
  if ((Action === undefined) === (NotAction === undefined)) throw new Error('either Action or NotAction');
  if ((Resource === undefined) === (NotResource === undefined)) throw new Error('either Resource or NotResource');
  const named = Action !== undefined ? isAction(Action, action) : !isAction(NotAction ?? [], action);
  const meant = Resource !== undefined ? isResource(Resource, resource) : !isResource(NotResource ?? [], resource);
  return named && meant && holds(statement.Condition ?? {}, context);
}

const isAction = (patterns: Values, action: string) => listed(patterns).some((one) => glob(one, 'i').test(action));
const isResource = (patterns: Values, arn: string) => listed(patterns).some((one) => glob(one).test(arn));

function isPrincipal(meant: unknown, asked: Assumption['principal']): boolean {
  if (meant === '*') return true;
  const entries = Object.entries(asked);
  return entries.every(([kind, value]) => listed((meant as Record<string, Values>)[kind] ?? []).includes(value));
}

/** All operators, and all keys of each, must hold; one of a key's values is enough. */
function holds(conditions: Conditions, context: NonNullable<Request['context']>): boolean {
  const lower = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holdsKey(operator, listed(wanted), lower.get(key.toLowerCase()))),
  );
}

function holdsKey(written: string, wanted: readonly string[], given: Values | undefined): boolean {
  const { set, operator, ifExists } = parseOperator(written);
  if (operator === 'Null') return wanted.includes(String(given === undefined));
  const test = OPERATORS[operator];
  if (test === undefined) throw new Error(`unknown condition operator ${written}`);
  const matches = (value: string) => wanted.some((one) => test(one, value));
  const isNegated = NEGATED.has(operator);
  const passes = (value: string) => matches(value) !== isNegated;
  if (given === undefined) return ifExists || (set === undefined ? isNegated : set === 'ForAllValues');
  const values = listed(given);
  if (set === 'ForAllValues') return values.every(passes);
  if (set === 'ForAnyValue') return values.some(passes);
  if (values.length > 1) throw new Error(`${written} compares one value, the request has ${values.length}`);
  return values.every(passes);
}

function parseOperator(written: string) {
  const parsed = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written);
  if (parsed === null) throw new Error(`unknown condition operator ${written}`);
  return { set: parsed[1], operator: parsed[2] ?? '', ifExists: parsed[3] !== undefined };
}

type Test = (wanted: string, given: string) => boolean;

const equals: Test = (wanted, given) => wanted === given;
const like: Test = (wanted, given) => glob(wanted).test(given);
const equalsAnyCase: Test = (wanted, given) => wanted.toLowerCase() === given.toLowerCase();
const number =
  (compare: (given: number, wanted: number) => boolean): Test =>
  (wanted, given) =>
    compare(Number(given), Number(wanted));

/** What matches, without negation; the negated ones are in {@link NEGATED}. */
const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringNotEquals: equals,
  StringEqualsIgnoreCase: equalsAnyCase,
  StringNotEqualsIgnoreCase: equalsAnyCase,
  StringLike: like,
  StringNotLike: like,
  ArnEquals: arnLike,
  ArnNotEquals: arnLike,
  ArnLike: arnLike,
  ArnNotLike: arnLike,
  Bool: equalsAnyCase,
  IpAddress: inRange,
  NotIpAddress: inRange,
  NumericEquals: number((given, wanted) => given === wanted),
  NumericLessThan: number((given, wanted) => given < wanted),
  NumericLessThanEquals: number((given, wanted) => given <= wanted),
  NumericGreaterThan: number((given, wanted) => given > wanted),
  NumericGreaterThanEquals: number((given, wanted) => given >= wanted),
};

const NEGATED = new Set([
  'StringNotEquals',
  'StringNotEqualsIgnoreCase',
  'StringNotLike',
  'ArnNotEquals',
  'ArnNotLike',
  'NotIpAddress',
]);

/** Each of the six parts of an ARN by itself: a `*` does not reach over a colon, but in the last part. */
function arnLike(wanted: string, given: string): boolean {
  const [patterns, parts] = [partsOf(wanted), partsOf(given)];
  if (patterns.length < 6 || parts.length < 6) return wanted === '*' || wanted === given;
  return patterns.every((pattern, index) => glob(pattern).test(parts[index] ?? ''));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}

function inRange(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(addressOf(base) / size) === Math.floor(addressOf(address) / size);
}

const addressOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const listed = (values: Values): readonly string[] => (typeof values === 'string' ? [values] : values);

/** `*` any text, `?` any one character. */
function glob(pattern: string, flags = ''): RegExp {
  if (pattern.includes('${')) throw new Error(`policy variables are not judged: ${pattern}`);
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, `s${flags}`);
}
