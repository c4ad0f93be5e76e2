/** For `callDocumentedRoutes`: requests for the routes that every service has. Whether it is ready depends on its age, as no broker is there. */
export function kitExamples(event: string): Record<string, Array<{ path?: string; status?: number }>> {
  return {
    'GET /health/live': [{ status: 200 }],
    'GET /health/ready': [{}],
    'GET /metrics': [{ status: 200 }],
    'GET /dead-letters': [
      { path: '/dead-letters?limit=1', status: 200 },
      { path: '/dead-letters?limit=0', status: 400 },
    ],
    'GET /schemas/{event}/v{version}.json': [
      { path: `/schemas/${event}/v1.json`, status: 200 },
      { path: '/schemas/no.such/v1.json', status: 404 },
    ],
  };
}
