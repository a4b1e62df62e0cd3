import { test } from 'uvu';
import { testWithPlace } from './contract.ts';
import { localPlace } from './places.ts';

testWithPlace(localPlace, { python: false });

test.run();
