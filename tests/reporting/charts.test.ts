import {
  drawBars,
  drawCalibration,
  drawConfusion,
  drawDriftBins,
  drawImportance,
  drawLift,
  drawPr,
  drawPsiBars,
  drawRoc,
  drawScoreHistogram,
  drawSegmentMap,
  drawTraining,
} from '@pilotlight/reporting';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertWellFormed } from './xml.ts';

const EVIL = `<script>alert("x")</script> & 'y' \\ \u2028 ](datum`;
const bounds = { psi_low: 0.1, psi_high: 0.25 };

/** Every chart: with data (names are hostile), a text that must stand in it, and without data. */
const charts: Record<string, { full: () => Promise<string>; shows: string; empty: () => Promise<string> }> = {
  roc: {
    full: () => drawRoc([{ name: EVIL, points: [point(0, 0), point(0.2, 0.7), point(1, 1)], auc: 0.75 }]),
    shows: '(AUC 0.750)',
    empty: () => drawRoc([{ name: 'test', points: [], auc: null }]),
  },
  pr: {
    full: () =>
      drawPr(
        [
          {
            name: EVIL,
            points: [
              { recall: 0, precision: 1 },
              { recall: 1, precision: 0.1 },
            ],
            average_precision: 0.5,
          },
        ],
        { positive_rate: 0.1 },
      ),
    shows: '(AP 0.500)',
    empty: () => drawPr([]),
  },
  calibration: {
    full: () =>
      drawCalibration([
        {
          name: EVIL,
          bins: [
            { predicted_mean: 0.1, observed_rate: 0.2 },
            { predicted_mean: 0.4, observed_rate: 0.3 },
          ],
        },
      ]),
    shows: 'Observed rate',
    empty: () => drawCalibration([]),
  },
  lift: {
    full: () =>
      drawLift(
        [
          { slice: 1, lift: 2.5 },
          { slice: 2, lift: 0.5 },
        ],
        EVIL,
      ),
    shows: '>2.50<',
    empty: () => drawLift(null),
  },
  histogram: {
    full: () =>
      drawScoreHistogram(
        [
          { lower: 0, upper: 0.5, positives: 1, negatives: 4 },
          { lower: 0.5, upper: 1, positives: 3, negatives: 0 },
        ],
        { positive: EVIL },
      ),
    shows: 'Negative',
    empty: () => drawScoreHistogram([]),
  },
  importance: {
    full: () =>
      drawImportance(
        [
          { feature: EVIL, value: 3 },
          { feature: 'b', value: 12 },
        ],
        'gain',
      ),
    shows: '>12<',
    empty: () => drawImportance([], 'split'),
  },
  psi: {
    full: () =>
      drawPsiBars(
        [
          { name: EVIL, psi: null, psi_infinite: true, severity: 'HIGH' },
          { name: 'b', psi: 0.12, severity: 'LOW' },
        ],
        bounds,
      ),
    shows: '>infinite<',
    empty: () => drawPsiBars([], bounds),
  },
  drift: {
    full: () => drawDriftBins(EVIL, [share(EVIL, 0.5, 0.2), share('missing', 0.5, 0.8)]),
    shows: '>missing<',
    empty: () => drawDriftBins('a', []),
  },
  segments: {
    full: () =>
      drawSegmentMap(
        [
          { risk: 'R1', tenure: EVIL, value: 0.25 },
          { risk: 'R2', tenure: EVIL, value: null },
        ],
        { title: EVIL, risks: ['R1', 'R2'], tenures: [EVIL] },
      ),
    shows: '>25.0 %<',
    empty: () => drawSegmentMap([], { title: 'Segments', risks: [], tenures: [] }),
  },
  confusion: {
    full: () =>
      drawConfusion(
        { true_positives: 30, false_positives: 5, true_negatives: 95, false_negatives: 10 },
        { title: EVIL, positive: EVIL, negative: 'stayer' },
      ),
    shows: '>30 (75.0 %)<',
    empty: () => drawConfusion({ true_positives: 0, false_positives: 0, true_negatives: 0, false_negatives: 0 }),
  },
  bars: {
    full: () =>
      drawBars(
        [
          { name: EVIL, value: -2 },
          { name: 'b', value: 7 },
          { name: 'b', value: 0 },
        ],
        { title: EVIL, measure: EVIL },
      ),
    shows: '>-2<',
    empty: () => drawBars([], { title: 'Bars', measure: 'x' }),
  },
  training: {
    full: () =>
      drawTraining([{ name: EVIL, values: Array.from({ length: 1200 }, (_, i) => i / 1200) }], {
        metric: EVIL,
        best_iteration: 900,
      }),
    shows: 'Iteration',
    empty: () => drawTraining([{ name: 'test', values: [] }], { metric: 'auc' }),
  },
};

for (const [name, { full, shows, empty }] of Object.entries(charts)) {
  test(`${name}: well-formed, escaped, described, without ids, scripts and links`, async () => {
    const svg = await full();
    assertWellFormed(svg, name);
    assert.match(svg, /^<svg [^>]*role="img" aria-label="[^"]+"><title>/);
    assert.match(svg, shows);
    assert.not.match(svg, /<script| id="|href=|url\(|NaN|undefined|Infinity/);
  });

  test(`${name}: the same bytes again`, async () => assert.is(await full(), await full()));

  test(`${name}: nothing to draw gives a picture that says so`, async () => {
    const svg = await empty();
    assertWellFormed(svg, name);
    assert.match(svg, /no |nothing/);
    assert.not.match(svg, /NaN|undefined|Infinity/);
  });
}

test('a constant and all-zero chart has no NaN', async () => {
  for (const svg of [
    await drawBars([{ name: 'a', value: 0 }], { title: 'Zero', measure: 'x' }),
    await drawTraining([{ name: 'a', values: [0.5] }], { metric: 'auc', best_iteration: 1 }),
    await drawSegmentMap([{ risk: 'R', tenure: 'T', value: 0 }], { title: 'Zero', risks: ['R'], tenures: ['T'] }),
    await drawScoreHistogram([{ lower: 3, upper: 3, positives: 1, negatives: 1 }]),
    await drawDriftBins('zero', [share('a', 0, 0)]),
  ]) {
    assertWellFormed(svg, 'constant');
    assert.not.match(svg, /NaN|undefined|Infinity/);
  }
});

test('a thousand categories draw as a few, the rest in one', async () => {
  const bins = Array.from({ length: 1000 }, (_, i) => share(`c${i}`, 0.001, 0.001));
  const svg = await drawDriftBins('many', bins);
  assert.match(svg, '>977 others<');
  assert.ok(svg.length < 40_000, `${svg.length} bytes`);
});

test('importance: the largest first, equal ones by name, at most the top', async () => {
  const svg = await drawImportance(
    [
      { feature: 'zz', value: 5 },
      { feature: 'small', value: 1 },
      { feature: 'aa', value: 5 },
    ],
    'gain',
    { top: 2 },
  );
  assert.ok(svg.indexOf('>aa<') > 0 && svg.indexOf('>aa<') < svg.indexOf('>zz<'));
  assert.not.match(svg, '>small<');
});

function point(x: number, y: number) {
  return { false_positive_rate: x, true_positive_rate: y };
}

function share(label: string, reference_share: number, current_share: number) {
  return { label, reference_share, current_share };
}

test.run();
