import 'reflect-metadata';
import { runServer } from '#platform/run-process';
import { startStandalone } from './standalone.js';

await runServer('standalone', startStandalone);
