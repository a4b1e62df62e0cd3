/** Copies a folder in a process of its own, and tells what it took: `node storeChild.ts upload|download FOLDER URI`. */
import { downloadFolder, uploadFolder } from '@pilotlight/artifacts';

const [verb, folder = '', uri = ''] = process.argv.slice(2);
const facts = verb === 'upload' ? await uploadFolder(folder, uri) : await downloadFolder(uri, folder);
// Kilobytes, says Node, on every system.
console.log(JSON.stringify({ ...facts, rss_bytes: process.resourceUsage().maxRSS * 1024 }));
