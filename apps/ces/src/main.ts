#!/usr/bin/env node
import { runCes } from './program.js';
import { processTerminal } from './terminal.js';

await runCes(process.argv.slice(2), processTerminal());
