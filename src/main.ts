#!/usr/bin/env node
import { refuseFewFiles } from './platform/process/open-files.js';

// First of all: with too few open files the modules of the program cannot be read, and the error would speak of a
// missing one.
refuseFewFiles();
await import('./cli/muster.js');
