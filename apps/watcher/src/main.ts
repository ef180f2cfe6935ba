import 'reflect-metadata';
import { runProcess } from '#platform/run-process';
import { startWatcher } from './watcher.js';

await runProcess('watcher', startWatcher);
