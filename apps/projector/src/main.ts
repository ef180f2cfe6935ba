import 'reflect-metadata';
import { runProcess } from '#platform/run-process';
import { startProjector } from './projector.js';

await runProcess('projector', startProjector);
