// The compiled addon; `./dev build` makes it. OpenMP reads this when it is loaded: threads that wait spin for a moment, then
// sleep. With its own long spinning two training steps at once on two cores took twice as long; asleep at once, one alone half as
// long again.
process.env.GOMP_SPINCOUNT ??= '1000';
module.exports = require('./pilotlight.node');
