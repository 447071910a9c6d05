// ReDoc over the schema of this installation. Its search runs in a worker made of text, which the policy forbids.
"use strict";

const reader = document.getElementById("reader");
Redoc.init(reader.dataset.schema, { disableSearch: true, hideDownloadButton: true }, reader);
