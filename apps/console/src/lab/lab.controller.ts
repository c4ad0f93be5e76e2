import { Controller, Get } from '@nestjs/common';
import type { LabResults } from '../api.ts';
import { readLabResults } from './lab-results.ts';

@Controller('api/lab')
export class LabController {
  @Get()
  async results(): Promise<LabResults> {
    return readLabResults();
  }
}
