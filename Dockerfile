# syntax=docker/dockerfile:1

# The agent and command line in one static binary, on a base without a shell or a package manager.
#
#   docker build --build-arg VERSION=v0.1.0 -t registry.example.com/penstock:v0.1.0 .
#
# Both images are pinned by tag, because a digest that nobody renews misses security fixes. For a build that
# can be repeated to the byte, pin them: docker buildx imagetools inspect IMAGE shows the digest to append as
# IMAGE@sha256:…, and let a bot such as Renovate or Dependabot renew it.

# The builder runs on the machine's own architecture and cross-compiles for the target's.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
# Modules change seldom, so their layer is kept.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
# -buildvcs=false and an empty build id: the same source gives the same bytes wherever it lies.
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOTOOLCHAIN=local go build -mod=readonly -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /penstock ./cmd/penstock

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="penstock" \
      org.opencontainers.image.description="GitOps agent for AI model deployments" \
      org.opencontainers.image.source="https://github.com/penstock-dev/penstock" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /penstock /penstock
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENTRYPOINT ["/penstock"]
CMD ["agent", "--help"]
