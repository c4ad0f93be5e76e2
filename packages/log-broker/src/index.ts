export { startBroker } from './start-broker.ts';
export type { RunningBroker } from './start-broker.ts';
export type {
  BrokerOptions,
  BrokerSettings,
  Listener,
  SecurityProtocol,
  SeededRecord,
  SeededTopic,
  TlsFiles,
} from './config.ts';
export type { ResetOptions } from './reset.ts';
export type { FaultAction, Faults } from './faults.ts';
export { MemoryFileSystem } from './storage/memory-with-faults.ts';
export type { FlushPolicy } from './log/flush-policy.ts';
export type { LogConfig } from './log/log-config.ts';
export { jsonLogger } from './observe/logger.ts';
export type { Logger, LogLevel } from './observe/logger.ts';
export { DataInUseError } from './storage/data-lock.ts';
