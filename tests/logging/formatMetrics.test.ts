/** Lines against CloudWatch's published specification of the embedded metric format, and its JSON schema's rules. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatMetrics, type Metrics } from '../../packages/logging/index.ts';

const METRICS: Metrics = {
  namespace: 'Pilotlight',
  dimensions: { Stack: 'dev', Pipeline: 'churn' },
  values: { DriftDetected: { value: 1, unit: 'Count' }, FeaturesDrifted: { value: 7, unit: 'Count' } },
  properties: { run_id: 'r-1' },
  time: new Date('2026-11-21T09:00:00Z'),
};

test('a line has the members that the specification asks for, in its structure', () => {
  const line = formatMetrics(METRICS) as string;
  assert.not.match(line, /\n/);
  assert.equal(JSON.parse(line), {
    _aws: {
      Timestamp: 1_795_251_600_000,
      CloudWatchMetrics: [
        {
          Namespace: 'Pilotlight',
          Dimensions: [['Stack', 'Pipeline']],
          Metrics: [
            { Name: 'DriftDetected', Unit: 'Count' },
            { Name: 'FeaturesDrifted', Unit: 'Count' },
          ],
        },
      ],
    },
    Stack: 'dev',
    Pipeline: 'churn',
    run_id: 'r-1',
    DriftDetected: 1,
    FeaturesDrifted: 7,
  });
});

test('what was not measurable is left out, and nothing measurable is no line', () => {
  const values = { ...METRICS.values, FeaturesDrifted: { value: null, unit: 'Count' as const } };
  assert.not.match(formatMetrics({ ...METRICS, values }) as string, /FeaturesDrifted/);
  assert.is(formatMetrics({ ...METRICS, values: { FeaturesDrifted: values.FeaturesDrifted } }), null);
});

for (const [what, change] of Object.entries<Partial<Metrics>>({
  'a value that is no number': { values: { a: { value: Number.NaN, unit: 'None' } } },
  'an infinite value': { values: { a: { value: Number.POSITIVE_INFINITY, unit: 'None' } } },
  'an empty dimension': { dimensions: { Stack: ' ' } },
  'a property with the name of a metric': { properties: { DriftDetected: 'yes' } },
  'more values than one line may have': {
    values: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`m${i}`, { value: i, unit: 'None' as const }])),
  },
  'more dimensions than a metric may have': {
    dimensions: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`d${i}`, 'x'])),
  },
})) {
  test(`${what} is refused`, () => {
    assert.throws(() => formatMetrics({ ...METRICS, ...change }), /metrics of Pilotlight/);
  });
}

test.run();
