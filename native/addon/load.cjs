// The compiled addon; `./dev build` makes it. OpenMP reads this when it is loaded: threads that wait must sleep, or two training
// steps at once on two cores spend their time spinning (measured: 89 s instead of 20 s).
process.env.OMP_WAIT_POLICY ??= 'passive';
module.exports = require('./pilotlight.node');
