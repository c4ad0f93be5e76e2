import { Controller, Get } from '@nestjs/common';
import type { LiveMap } from '../api.ts';
import { LiveMapService } from './live-map.service.ts';

@Controller('api/map')
export class MapController {
  readonly #map: LiveMapService;

  constructor(map: LiveMapService) {
    this.#map = map;
  }

  @Get()
  read(): LiveMap {
    return this.#map.read();
  }
}
