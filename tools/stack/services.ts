export const SERVICES = ['member-service', 'order-service', 'mail-service'] as const;
export type ServiceName = (typeof SERVICES)[number];
