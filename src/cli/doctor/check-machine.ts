import { freemem, totalmem } from 'node:os';
import { programVersion } from '../../platform/config/package-root.js';
import { fail, fine, warn, type Finding } from './finding.js';

/** As `engines` of package.json has it. */
const OLDEST_NODE = [20, 19] as const;
const MEBIBYTE = 2 ** 20;
/** The program and both embedded stores at rest, in MB; queries take what MUSTER_ENGINE_MEMORY_MB allows. */
const AT_REST_MB = 600;

/** The program, Node and the memory of the machine. */
export function checkMachine(): Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const free = Math.round(freemem() / MEBIBYTE);
  const memory = `${free} MB of ${Math.round(totalmem() / MEBIBYTE)} MB are free`;
  return [
    fine('program', `Muster ${programVersion()}`),
    isNew
      ? fine('node', process.versions.node)
      : fail('node', process.versions.node, `Install Node ${OLDEST_NODE.join('.')} or later`),
    free >= AT_REST_MB
      ? fine('memory', memory)
      : warn('memory', memory, 'End other programs, or move a store to a server (docs/operation.md)'),
  ];
}
