import { requiresLogin } from './config.ts';
import type { Address, BrokerOptions } from './config.ts';
import type { InternalTopic } from './topics/internal-topic.ts';
import type { Clock } from './clock.ts';
import type { TransactionCoordinator } from './transactions/transaction-coordinator.ts';
import { ANSWER_BYTES_IN_FLIGHT_MAX, PARKED_FETCH_BYTES_MAX, REQUEST_BYTES_IN_FLIGHT_MAX } from './limits.ts';
import { ByteBudget } from './byte-budget.ts';
import type { LogCleaner } from './compaction/log-cleaner.ts';
import type { GroupCoordinator } from './groups/group-coordinator.ts';
import type { LogDirectory } from './log/log-directory.ts';
import type { PartitionLog } from './log/partition-log.ts';
import { Faults } from './faults.ts';
import { SlabPool } from './slab-pool.ts';
import { BrokerMetrics } from './observe/broker-metrics.ts';
import type { Logger } from './observe/logger.ts';
import type { AclStore } from './security/acl-store.ts';
import type { Authorizer } from './security/authorizer.ts';
import type { Logins } from './security/logins.ts';
import type { ProducerIds } from './transactions/producer-ids.ts';
import type { TopicRegistry } from './topics/topic-registry.ts';

/** All parts of a broker, for the request handlers. */
export class Broker {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly options: BrokerOptions;
  readonly clock: Clock;
  readonly topics: TopicRegistry;
  readonly logs: LogDirectory;
  readonly cleaner: LogCleaner;
  readonly groups: GroupCoordinator;
  readonly offsetsTopic: InternalTopic;
  readonly transactionsTopic: InternalTopic;
  readonly transactions: TransactionCoordinator;
  readonly producerIds: ProducerIds;
  readonly logins: Logins;
  readonly authorizer: Authorizer;
  readonly acls: AclStore;
  readonly logger: Logger;
  readonly metrics = new BrokerMetrics();
  readonly faults: Faults;
  /** The addresses that clients connect to, by listener. Set when the listeners are open. */
  advertised: readonly Address[] = [];
  /** Requests being received, answers not read yet, fetches that wait for records. */
  readonly requestBytes = new ByteBudget(REQUEST_BYTES_IN_FLIGHT_MAX);
  readonly answerBytes = new ByteBudget(ANSWER_BYTES_IN_FLIGHT_MAX);
  readonly slabs = new SlabPool();
  readonly parkedBytes = new ByteBudget(PARKED_FETCH_BYTES_MAX);
  /** Undefined when an append to `log` may be acknowledged at once; else resolves when it is on the disk. */
  readonly durable: (log: PartitionLog) => Promise<void> | undefined;

  constructor(parts: {
    nodeId: number;
    clusterId: string;
    options: BrokerOptions;
    clock: Clock;
    topics: TopicRegistry;
    logs: LogDirectory;
    cleaner: LogCleaner;
    groups: GroupCoordinator;
    offsetsTopic: InternalTopic;
    transactionsTopic: InternalTopic;
    transactions: TransactionCoordinator;
    producerIds: ProducerIds;
    logins: Logins;
    authorizer: Authorizer;
    acls: AclStore;
    logger: Logger;
    durable: (log: PartitionLog) => Promise<void> | undefined;
  }) {
    this.nodeId = parts.nodeId;
    this.clusterId = parts.clusterId;
    this.options = parts.options;
    this.clock = parts.clock;
    this.topics = parts.topics;
    this.logs = parts.logs;
    this.cleaner = parts.cleaner;
    this.groups = parts.groups;
    this.offsetsTopic = parts.offsetsTopic;
    this.transactionsTopic = parts.transactionsTopic;
    this.transactions = parts.transactions;
    this.producerIds = parts.producerIds;
    this.logins = parts.logins;
    this.authorizer = parts.authorizer;
    this.acls = parts.acls;
    this.logger = parts.logger;
    this.faults = new Faults((groupId, memberId) => parts.groups.expireSession(groupId, memberId));
    this.durable = parts.durable;
  }

  /**
   * Whether access control entries can be created: not where any client could, and thereby lock out the others. A broker without
   * logins reports it as a Kafka without an authorizer does.
   */
  get hasAcls(): boolean {
    const { listeners, superUsers } = this.options;
    const identifiesClients = listeners.some((each) => requiresLogin(each) || each.tls?.caFile !== undefined);
    return identifiesClients || superUsers.length > 0 || !this.authorizer.allowsAll;
  }
}
