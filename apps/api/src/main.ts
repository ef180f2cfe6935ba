import 'reflect-metadata';
import { runServer } from '#platform/run-process';
import { startApi } from './api.js';

await runServer('api', startApi);
