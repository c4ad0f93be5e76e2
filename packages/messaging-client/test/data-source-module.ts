import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Provides an open database to a whole application, as service-kit does in a service. */
export function dataSourceModule(dataSource: DataSource): DynamicModule {
  @Module({})
  class DataSourceModule {}
  return {
    module: DataSourceModule,
    global: true,
    providers: [{ provide: DataSource, useValue: dataSource }],
    exports: [DataSource],
  };
}
