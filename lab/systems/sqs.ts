import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message as SqsMessage } from '@aws-sdk/client-sqs';
import { CONNECT_TIMEOUT_MS, REDELIVER_AFTER_MS } from '../basics/limits.ts';
import { Cleanup } from './cleanup.ts';
import { Consumers } from './consumers.ts';
import { poll } from './poll.ts';
import { Together } from './together.ts';
import type { Client, ConsumeOptions, Consumer, Handler, Message, Queue, QueueOptions } from './system.ts';

/** The most that one request may send or receive. */
const BATCH_MAX = 10;
const WAIT_SECONDS = 1;
/** Over at this many waiting long polls the client queues its requests. */
const SOCKETS_MAX = 100;

export class SqsClient implements Client {
  readonly version: string;
  /** For what only SQS has. */
  readonly sqs: SQSClient;
  readonly #consumers = new Consumers();
  readonly #cleanup = new Cleanup(async () => this.#consumers.stop());

  private constructor(sqs: SQSClient, version: string) {
    this.sqs = sqs;
    this.version = version;
  }

  /** The API names no version. Credentials may be anything at ElasticMQ; those of the environment are used if there are any. */
  static async connect(address: string): Promise<SqsClient> {
    const { AWS_ACCESS_KEY_ID: accessKeyId = 'lab', AWS_SECRET_ACCESS_KEY: secretAccessKey = 'lab' } = process.env;
    const sqs = new SQSClient({
      endpoint: address,
      region: process.env['AWS_REGION'] ?? 'elasticmq',
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 3,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, httpAgent: { maxSockets: SOCKETS_MAX } },
    });
    try {
      await sqs.send(new ListQueuesCommand({ MaxResults: 1 }), {
        abortSignal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
      });
      return new SqsClient(sqs, process.env['LAB_SQS_VERSION'] ?? 'the API of SQS');
    } catch (error) {
      sqs.destroy();
      throw error;
    }
  }

  async create({ ordered = false, deadLetterAfter }: QueueOptions = {}): Promise<Queue> {
    const suffix = ordered ? '.fifo' : '';
    const name = `lab-${randomUUID()}${suffix}`;
    const fifo: Record<string, string> = ordered ? { FifoQueue: 'true' } : {};
    let redrive: Record<string, string> = {};
    if (deadLetterAfter !== undefined) {
      const dead = await this.#create(deadOf(name), fifo);
      const { Attributes } = await this.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
      );
      const policy = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: deadLetterAfter };
      redrive = { RedrivePolicy: JSON.stringify(policy) };
    }
    await this.#create(name, { ...fifo, ...redrive, VisibilityTimeout: String(REDELIVER_AFTER_MS / 1_000) });
    return this.open(name);
  }

  async #create(name: string, attributes: Record<string, string>): Promise<string> {
    const { QueueUrl } = await this.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    this.#cleanup.add(async () => this.sqs.send(new DeleteQueueCommand({ QueueUrl })));
    return QueueUrl!;
  }

  open(name: string): Queue {
    const ordered = name.endsWith('.fifo');
    return {
      name,
      send: async (messages) => {
        const QueueUrl = await this.#urlOf(name);
        for (let at = 0; at < messages.length; at += BATCH_MAX) {
          const { Failed = [] } = await this.sqs.send(
            new SendMessageBatchCommand({
              QueueUrl,
              Entries: messages.slice(at, at + BATCH_MAX).map((message, n) => entryOf(message, n, ordered)),
            }),
          );
          if (Failed.length > 0) throw new Error(`${Failed.length} messages were not taken: ${Failed[0]?.Message}`);
        }
      },
      consume: async (options, handler) =>
        this.#consumers.start(handler, async (tracked) => this.#consume(name, options, tracked)),
      deadLetters: async () => this.#count(deadOf(name)),
    };
  }

  async #count(name: string): Promise<number | undefined> {
    try {
      const { Attributes } = await this.sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: await this.#urlOf(name),
          AttributeNames: ['ApproximateNumberOfMessages'],
        }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages);
    } catch {
      return undefined;
    }
  }

  readonly #urls = new Map<string, string>();

  async #urlOf(name: string): Promise<string> {
    const known = this.#urls.get(name);
    if (known !== undefined) return known;
    const { QueueUrl } = await this.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    this.#urls.set(name, QueueUrl!);
    return QueueUrl!;
  }

  async #consume(name: string, options: ConsumeOptions, handler: Handler): Promise<Consumer> {
    const { acknowledge, atOnce = 1, prefetch = atOnce, together = 1 } = options;
    const QueueUrl = await this.#urlOf(name);
    const acknowledgeIt = async ({ ReceiptHandle }: SqsMessage): Promise<void> =>
      unlessDeliveredAgain(this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
    const handled = new Together<SqsMessage>(Math.min(together, BATCH_MAX), async (messages) =>
      messages.length === 1 ? acknowledgeIt(messages[0]!) : this.#deleteAll(QueueUrl, messages),
    );
    const handle = async (message: SqsMessage): Promise<void> => {
      if (acknowledge === 'before') await acknowledgeIt(message);
      const deliveries = Number(message.Attributes?.ApproximateReceiveCount);
      const settlement = await handler({ body: message.Body ?? '', deliveries });
      if (acknowledge === 'before') return;
      if (settlement === 'done') await handled.add(message);
      else {
        // There is no refusing for good: the redrive policy counts deliveries.
        const { ReceiptHandle } = message;
        const letGo = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
        await unlessDeliveredAgain(this.sqs.send(letGo));
      }
    };
    const read = async (): Promise<SqsMessage[]> => {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(prefetch, BATCH_MAX),
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      return Messages;
    };
    return poll(atOnce, read, handle);
  }

  /** What was delivered again meanwhile is left out, as with a single one. */
  async #deleteAll(QueueUrl: string, messages: readonly SqsMessage[]): Promise<void> {
    const { Failed = [] } = await this.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle })),
      }),
    );
    const refused = Failed.find(({ Code }) => Code !== 'ReceiptHandleIsInvalid');
    if (refused !== undefined) throw new Error(`${Failed.length} messages were not deleted: ${refused.Message}`);
  }

  async close(): Promise<void> {
    try {
      await this.#cleanup.run();
    } finally {
      this.sqs.destroy();
    }
  }
}

/** A receipt ends with the next delivery, after the visibility time-out: an acknowledgement that comes too late is refused. */
async function unlessDeliveredAgain(acknowledged: Promise<unknown>): Promise<void> {
  try {
    await acknowledged;
  } catch (error) {
    if (!(error instanceof ReceiptHandleIsInvalid)) throw error;
  }
}

function entryOf({ key, body, id }: Message, n: number, ordered: boolean) {
  const group = { MessageGroupId: key ?? randomUUID(), MessageDeduplicationId: String(id ?? randomUUID()) };
  return { Id: String(n), MessageBody: body, ...(ordered && group) };
}

/** The dead letters of a FIFO queue are in a FIFO queue. */
function deadOf(name: string): string {
  return name.endsWith('.fifo') ? name.replace('.fifo', '-dead.fifo') : `${name}-dead`;
}
