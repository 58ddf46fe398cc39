# The build stage has the tools, the image nothing but the binary and the
# certificates that a program needs to trust a server.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /footnote ./cmd/footnote

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /footnote /footnote
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=5s CMD ["/footnote", "cite", "p1"]
ENTRYPOINT ["/footnote"]
