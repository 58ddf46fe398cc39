# The build stage has the tools, the image nothing but the binary and the
# certificates that a program needs to trust a server.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# docker build --build-arg VERSION=$(git describe --tags --always): what --version says.
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=$VERSION" -o /footnote ./cmd/footnote
RUN mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /footnote /footnote
# What footnote serve remembers; mount a volume, or name a PostgreSQL instead.
COPY --from=build --chown=65532:65532 /data /data
VOLUME /data
ENV FOOTNOTE_LEDGER=/data/footnote.db
# The reader of PDFs, made ready for this machine, which takes seconds.
ENV XDG_CACHE_HOME=/data/cache
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s CMD ["/footnote", "cite", "--corpus", "", "p1"]
ENTRYPOINT ["/footnote"]
