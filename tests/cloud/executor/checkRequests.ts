import { runPython } from '../../python.ts';
import type { Execution } from './types.ts';

/** Faults of the requests that an execution made its jobs by, by the service's own model (in botocore): forms, lengths, values. */
export function checkRequests({ steps }: Execution): string[] {
  const requests = Object.values(steps).flatMap(({ jobs }) =>
    jobs.map(({ name, operation, request }) => ({ name, operation, request })),
  );
  return runPython('sagemaker_requests.py', [], requests) as string[];
}
