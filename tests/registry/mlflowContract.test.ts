import { test } from 'uvu';
import { testWithPlace } from './contract.ts';
import { mlflowPlace } from './places.ts';

testWithPlace(mlflowPlace(), { python: true });

test.run();
