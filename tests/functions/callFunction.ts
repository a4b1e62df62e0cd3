import { memory } from '@pilotlight/logging';
import { decompress, trigger } from '../../packages/functions/index.ts';
import { invocation } from './invocation.ts';

/** Calls a function in a process of its own, to be killed or measured: `node callFunction.ts <function> <event as JSON>`. */
const [name, event = 'null'] = process.argv.slice(2);
const handler = name === 'trigger' ? trigger : decompress;
const answer = await handler(JSON.parse(event), invocation());
console.log(JSON.stringify({ answer, peak_bytes: memory().rss_bytes_max }));
