/** Of a client without a login and without a certificate, as in Kafka. */
export const ANONYMOUS = 'User:ANONYMOUS';
