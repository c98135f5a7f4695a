// SPDX-License-Identifier: Apache-2.0
// Shows /openapi.yaml, and sends what somebody tries out to the server that the page is from.

// Swagger UI sanitises what it shows as HTML, all of which is from the description of this server.
window.trustedTypes?.createPolicy('default', { createHTML: (text) => text })

window.SwaggerUIBundle({
  url: '/openapi.yaml',
  dom_id: '#description',
  deepLinking: true,
  docExpansion: 'list',
  persistAuthorization: false, // a key is in the memory of this tab alone
  queryConfigEnabled: false, // no address leads to a description of others
  validatorUrl: null,
  requestInterceptor: (request) => {
    const { pathname, search } = new URL(request.url, window.location.href)
    request.url = window.location.origin + pathname + search
    return request
  }
})
