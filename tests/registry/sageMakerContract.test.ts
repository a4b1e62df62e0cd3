import { test } from 'uvu';
import { testWithPlace } from './contract.ts';
import { sageMakerPlace } from './places.ts';

testWithPlace(sageMakerPlace(), { python: true });

test.run();
