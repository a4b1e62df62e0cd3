// Pulumi loads a policy pack by `require` and registers its own TypeScript compiler for what is required; `import` goes past it, to
// Node, which runs TypeScript as it is.
module.exports = import('./pack.ts');
