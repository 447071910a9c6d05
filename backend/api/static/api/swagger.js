// Swagger UI over the schema of this installation; what it tries is sent as the login session of the page.
"use strict";

const reader = document.getElementById("reader");

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

SwaggerUIBundle({
  url: reader.dataset.schema,
  domNode: reader,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const isOurs = new URL(request.url, location.href).origin === location.origin;
    if (isOurs && !["GET", "HEAD"].includes(request.method || "GET")) {
      request.headers["X-CSRFToken"] = cookie("csrftoken");
    }
    return request;
  },
});
