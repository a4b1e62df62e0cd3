/** Of a version's run: the folder of its files, and what describes them. */
export const ARTIFACTS = 'artifacts';
export const DESCRIPTION = 'version.json';
