import 'reflect-metadata';
import { runProcess } from '#platform/run-process';
import { startWorker } from './worker.js';

await runProcess('worker', startWorker);
