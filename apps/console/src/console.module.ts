import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AboutController } from './about.controller.ts';
import { PreparedActs } from './acts/prepared-acts.ts';
import { BrokerReader } from './broker/broker-reader.ts';
import { CONFIG } from './config.ts';
import type { ConsoleConfig } from './config.ts';
import { Contracts } from './contracts/contracts.ts';
import { ContractsController } from './contracts/contracts.controller.ts';
import { RecordsOfEvent } from './contracts/records-of-event.ts';
import { Acts } from './failures/acts.ts';
import { CheckEdit } from './failures/check-edit.ts';
import { DeadLettersOfServices } from './failures/dead-letters.ts';
import { CountsOfFailures } from './failures/failure-counts.ts';
import { FailuresController } from './failures/failures.controller.ts';
import { CountsOfGroups } from './groups/counts-of-groups.ts';
import { GroupWatch } from './broker/group-watch.ts';
import { GroupsController } from './groups/groups.controller.ts';
import { MailBody } from './mails/mail-body.ts';
import { MailsController } from './mails/mails.controller.ts';
import { OutboxController } from './outbox/outbox.controller.ts';
import { RowActs } from './outbox/row-acts.ts';
import { BrokerFigures } from './broker/broker-figures.ts';
import { JourneysController } from './journeys/journeys.controller.ts';
import { JourneysService } from './journeys/journeys.service.ts';
import { LatestJourneys } from './journeys/latest-journeys.ts';
import { SeenAttempts } from './journeys/seen-attempts.ts';
import { LiveMapService } from './map/live-map.service.ts';
import { MailRate } from './map/mail-rate.ts';
import { MapController } from './map/map.controller.ts';
import { PulseSampler } from './map/pulses.ts';
import { AbsentRows } from './scoreboard/absent-rows.ts';
import { ScoreboardService } from './scoreboard/scoreboard.service.ts';
import { EventFeed } from './sources/event-feed.ts';
import { ServiceFigureReader } from './sources/service-figures.ts';
import { StreamController } from './stream/stream.controller.ts';
import { KnownMembers } from './try/known-members.ts';
import { TryController } from './try/try.controller.ts';
import { Bursts } from './try/bursts.ts';
import { TryService } from './try/try.service.ts';
import { ChaosChart } from './chaos/chaos-chart.ts';
import { ChaosController } from './chaos/chaos.controller.ts';
import { ChaosService } from './chaos/chaos.service.ts';
import { ControlClient } from './chaos/control-client.ts';
import { DuplicateMails } from './chaos/duplicate-mails.ts';
import { OrderPerKey } from './chaos/order-per-key.ts';
import { Audience } from './sources/audience.ts';
import { AdminSource } from './sources/admin-source.ts';
import { LabController } from './lab/lab.controller.ts';
import { LedgerSource } from './sources/ledger-source.ts';
import { Topics } from './topics/topics.ts';
import { TopicsController } from './topics/topics.controller.ts';

/** The console on one screen: its sources, and what it answers from them. */
@Module({})
export class ConsoleModule {
  static forRoot(config: ConsoleConfig): DynamicModule {
    const hasChaos = config.STACK_CONTROL !== undefined;
    return {
      module: ConsoleModule,
      controllers: [
        AboutController,
        MapController,
        StreamController,
        JourneysController,
        TryController,
        ...(hasChaos ? [ChaosController] : []),
        TopicsController,
        GroupsController,
        OutboxController,
        FailuresController,
        MailsController,
        ContractsController,
        LabController,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        BrokerReader,
        BrokerFigures,
        AdminSource,
        Audience,
        EventFeed,
        ServiceFigureReader,
        AbsentRows,
        ScoreboardService,
        MailRate,
        LiveMapService,
        PulseSampler,
        SeenAttempts,
        LatestJourneys,
        JourneysService,
        KnownMembers,
        Bursts,
        TryService,
        // Where no supervisor offers it, there is neither the route nor anything behind it.
        ...(hasChaos ? [ChaosChart, ControlClient, DuplicateMails, OrderPerKey, ChaosService] : []),
        GroupWatch,
        CountsOfGroups,
        Topics,
        CountsOfFailures,
        DeadLettersOfServices,
        CheckEdit,
        PreparedActs,
        Acts,
        RowActs,
        LedgerSource,
        MailBody,
        RecordsOfEvent,
        Contracts,
      ],
    };
  }
}
