import { isRecord, listOf, ownPart, type Place, type Rule, walk } from './pipelineJson.ts';

const EXECUTION = [
  'CurrentDateTime',
  'PipelineArn',
  'PipelineExecutionArn',
  'PipelineExecutionId',
  'PipelineName',
  'StartDateTime',
];

/** Faults of what steps refer to: parameters, outputs, property files and steps that are not there or may not have run; circles. */
export function lintReferences(pipeline: Rule, places: readonly Place[]): string[] {
  const parameters = new Set(listOf(pipeline.Parameters).map(({ Name }) => String(Name)));
  const steps = new Map(places.map((place) => [place.name, place]));
  const faults: string[] = [];
  for (const place of places) {
    const add = (fault: string | undefined) => fault && faults.push(`${place.name}: ${fault}`);
    for (const { path, isFile } of referencesOf(place)) {
      add(lintReference(path, isFile, { place, parameters, steps }));
    }
    for (const name of dependsOn(place)) add(lintStepName(name, place, steps));
    for (const { PropertyFileName, OutputName } of listOf(place.step.PropertyFiles)) {
      if (!outputsOf(place).includes(String(OutputName)))
        add(`property file ${PropertyFileName} is in the unknown output ${OutputName}`);
    }
  }
  return [...faults, ...lintCircles(places)];
}

type Reference = { path: string; isFile: boolean };

function referencesOf(place: Place): Reference[] {
  const found: Reference[] = [];
  walk(ownPart(place), (value, at) => {
    if (isRecord(value) && typeof value.Get === 'string')
      found.push({ path: value.Get, isFile: at.endsWith('Std:JsonGet.PropertyFile') });
  });
  return found;
}

type Known = { place: Place; parameters: ReadonlySet<string>; steps: ReadonlyMap<string, Place> };

function lintReference(path: string, isFile: boolean, { place, parameters, steps }: Known): string | undefined {
  const [, area, name = '', rest = ''] = /^(\w+)\.([^.]+)\.?(.*)$/.exec(path) ?? [];
  if (area === 'Parameters') return parameters.has(name) && rest === '' ? undefined : `unknown parameter ${name}`;
  if (area === 'Execution') return EXECUTION.includes(name) ? undefined : `unknown variable ${path}`;
  if (area !== 'Steps') return `unknown reference ${path}`;
  const source = steps.get(name);
  const fault = lintStepName(name, place, steps);
  if (fault || !source) return fault;
  const file = /^PropertyFiles\.(.+)$/.exec(rest)?.[1];
  if (isFile !== (file !== undefined)) return `${path}: a property file is read by Std:JsonGet, and nothing else is`;
  if (file !== undefined) {
    const files = listOf(source.step.PropertyFiles).map(({ PropertyFileName }) => PropertyFileName);
    return files.includes(file) ? undefined : `unknown property file ${name}.${file}`;
  }
  const output = /^ProcessingOutputConfig\.Outputs\['(.+)'\]\.S3Output\.S3Uri$/.exec(rest)?.[1];
  if (output !== undefined) return outputsOf(source).includes(output) ? undefined : `unknown output ${name}.${output}`;
  const isModel = rest === 'ModelArtifacts.S3ModelArtifacts' && source.step.Type === 'Training';
  return isModel ? undefined : `${path} is nothing that a ${source.step.Type} step has`;
}

/** A step may need those that run before it: on the top level, or in a branch that it is inside of. */
function lintStepName(name: string, place: Place, steps: ReadonlyMap<string, Place>): string | undefined {
  const source = steps.get(name);
  if (!source) return `needs the unknown step ${name}`;
  if (name === place.name) return 'needs itself';
  if (place.branches.some(({ condition }) => condition === name)) return `is inside ${name} and cannot name it`;
  const isAround = source.branches.every(({ condition, side }, depth) => {
    const own = place.branches[depth];
    return own?.condition === condition && own.side === side;
  });
  return isAround ? undefined : `needs ${name}, which stands in a branch that it is not inside of`;
}

function outputsOf({ step }: Place): string[] {
  const config = isRecord(step.Arguments) ? step.Arguments.ProcessingOutputConfig : undefined;
  return isRecord(config) ? listOf(config.Outputs).map(({ OutputName }) => String(OutputName)) : [];
}

const dependsOn = ({ step }: Place): string[] => (Array.isArray(step.DependsOn) ? step.DependsOn.map(String) : []);

function lintCircles(places: readonly Place[]): string[] {
  const needs = new Map(places.map((place) => [place.name, needsOf(place)]));
  const done = new Set<string>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const [name, before] of needs) {
      if (done.has(name) || before.some((one) => needs.has(one) && !done.has(one))) continue;
      done.add(name);
      grew = true;
    }
  }
  const stuck = [...needs.keys()].filter((name) => !done.has(name));
  return stuck.length > 0 ? [`circle among ${stuck.join(', ')}`] : [];
}

function needsOf(place: Place): string[] {
  const referred = referencesOf(place).flatMap(({ path }) => /^Steps\.([^.]+)\./.exec(path)?.[1] ?? []);
  return [...referred, ...dependsOn(place), ...place.branches.map(({ condition }) => condition)];
}
