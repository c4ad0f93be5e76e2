/** What is reported of a log. */
export interface ObservedLog {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  readonly startOffset: number;
  readonly sizeBytes: number;
  /** Set when the log takes no appends. */
  readonly failure: unknown;
}

interface ObservedBudget {
  readonly usedBytes: number;
}

interface ObservedDisk {
  readonly failedAppends: number;
  readonly compactions: number;
  readonly compactedAwayBytes: number;
  readonly syncs: {
    readonly classes: ReadonlyArray<{ readonly upTo: number; readonly count: number }>;
    readonly count: number;
    readonly seconds: number;
  };
}

/** What is reported of the broker. */
export interface ObservedBroker {
  readonly metrics: BrokerMetrics;
  readonly logs: {
    readonly logs: ReadonlyMap<string, ObservedLog>;
    readonly measures: ObservedDisk;
    space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined>;
  };
  readonly groups: { readonly heldBytes: number; groupIds(): readonly string[] };
  readonly requestBytes: ObservedBudget;
  readonly answerBytes: ObservedBudget;
  readonly parkedBytes: ObservedBudget;
}

/** Request counters, and the text of `/metrics`. */
export class BrokerMetrics {
  readonly startedAt = Date.now();
  private readonly requests = new Map<string, { count: number; errors: number; seconds: number }>();
  listeners: readonly string[] = [];
  /** With the name of the listener of each. */
  connections: ReadonlyMap<{ readonly heldBytes: number }, string> = new Map();
  /** Connections that have not finished their TLS handshake and their login. */
  pending: { readonly size: number } = { size: 0 };

  private readonly failedLogins = new Map<string, number>();

  noteFailedLogin(mechanism: string): void {
    this.failedLogins.set(mechanism, (this.failedLogins.get(mechanism) ?? 0) + 1);
  }

  noteRequest(name: string, seconds: number, isError: boolean): void {
    let known = this.requests.get(name);
    if (!known) this.requests.set(name, (known = { count: 0, errors: 0, seconds: 0 }));
    known.count++;
    known.seconds += seconds;
    if (isError) known.errors++;
  }

  /** Prometheus text format 0.0.4. */
  async text(broker: ObservedBroker): Promise<string> {
    const lines: string[] = [];
    const metric = (
      name: string,
      type: 'counter' | 'gauge' | 'histogram',
      help: string,
      samples: [suffixAndLabels: string, value: number][],
    ) => {
      lines.push(`# HELP log_broker_${name} ${help}`, `# TYPE log_broker_${name} ${type}`);
      for (const [suffix, value] of samples) lines.push(`log_broker_${name}${suffix} ${value}`);
    };
    const byRequest = (value: (each: { count: number; errors: number; seconds: number }) => number) =>
      [...this.requests].map(([name, each]): [string, number] => [`{request="${name}"}`, value(each)]);
    const logs = [...broker.logs.logs.values()];
    const byPartition = (value: (log: ObservedLog) => number) =>
      logs.map((log): [string, number] => [`{topic="${log.topic}",partition="${log.partition}"}`, value(log)]);

    metric(
      'requests_total',
      'counter',
      'Requests answered.',
      byRequest(({ count }) => count),
    );
    metric(
      'request_failures_total',
      'counter',
      'Requests that closed their connection.',
      byRequest(({ errors }) => errors),
    );
    metric(
      'request_seconds_total',
      'counter',
      'Time from request to answer.',
      byRequest(({ seconds }) => seconds),
    );
    const heldBytes = [...this.connections.keys()].reduce((sum, each) => sum + each.heldBytes, 0);
    const namesOfConnections = [...this.connections.values()];
    metric(
      'connections',
      'gauge',
      'Open connections.',
      this.listeners.map((name) => [`{listener="${name}"}`, namesOfConnections.filter((each) => each === name).length]),
    );
    metric('pending_connections', 'gauge', 'TLS handshake or login not finished.', [['', this.pending.size]]);
    metric(
      'failed_logins_total',
      'counter',
      'Logins that were refused.',
      [...this.failedLogins].map(([mechanism, count]): [string, number] => [`{mechanism="${mechanism}"}`, count]),
    );
    metric('connection_bytes', 'gauge', 'Bytes held for clients: incomplete requests, answers not read.', [
      ['', heldBytes],
    ]);
    metric('request_bytes_in_flight', 'gauge', 'Large requests arriving.', [['', broker.requestBytes.usedBytes]]);
    metric('answer_bytes_in_flight', 'gauge', 'Answers not read yet.', [['', broker.answerBytes.usedBytes]]);
    metric('parked_fetch_bytes', 'gauge', 'Fetches that wait for records.', [['', broker.parkedBytes.usedBytes]]);
    metric('group_bytes', 'gauge', 'Subscriptions and assignments of members.', [['', broker.groups.heldBytes]]);
    metric(
      'log_end_offset',
      'gauge',
      'Offset of the next record.',
      byPartition((log) => log.nextOffset),
    );
    metric(
      'log_start_offset',
      'gauge',
      'Offset of the first record.',
      byPartition((log) => log.startOffset),
    );
    metric(
      'log_bytes',
      'gauge',
      'Size of the log.',
      byPartition((log) => log.sizeBytes),
    );
    metric(
      'log_failed',
      'gauge',
      '1 when the disk failed under the log.',
      byPartition((log) => (log.failure ? 1 : 0)),
    );
    const { failedAppends, compactions, compactedAwayBytes, syncs } = broker.logs.measures;
    metric('compactions_total', 'counter', 'Compactions of a log.', [['', compactions]]);
    metric('compacted_bytes_total', 'counter', 'Bytes that compactions have removed.', [['', compactedAwayBytes]]);
    metric('failed_appends_total', 'counter', 'Appends that the disk did not take.', [['', failedAppends]]);
    metric('sync_duration_seconds', 'histogram', 'Time until what a log has written is on the disk.', [
      ...syncs.classes.map(({ upTo, count }): [string, number] => [`_bucket{le="${upTo}"}`, count]),
      ['_bucket{le="+Inf"}', syncs.count],
      ['_sum', syncs.seconds],
      ['_count', syncs.count],
    ]);
    const space = await broker.logs.space();
    if (space !== undefined) {
      metric('disk_free_bytes', 'gauge', 'Free on the disk of the data folder.', [['', space.freeBytes]]);
      metric('disk_bytes', 'gauge', 'Size of the disk of the data folder.', [['', space.totalBytes]]);
    }
    metric('groups', 'gauge', 'Consumer groups.', [['', broker.groups.groupIds().length]]);
    metric('resident_bytes', 'gauge', 'Resident memory.', [['', process.memoryUsage.rss()]]);
    return `${lines.join('\n')}\n`;
  }
}
