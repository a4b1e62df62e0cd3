/** One machine of a training, as a process: reads its options from the first argument, prints what training gave. */
import { train } from '../../packages/modeling/index.ts';

const { bestIteration, trainRows } = await train(JSON.parse(process.argv[2] as string));
process.stdout.write(JSON.stringify({ bestIteration, trainRows }));
