# The same image as dotnet publish -t:PublishContainer makes (deploy/docker/Containers.props), for those who build with a container engine:
#   docker buildx build -f deploy/docker/ingest.Dockerfile -t edgesync/ingest:0.1.0 --platform linux/amd64,linux/arm64 .
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish EdgeSync.Ingest -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
LABEL org.opencontainers.image.title="EdgeSync ingest: facts from devices" org.opencontainers.image.version="0.1.0"
ENV ASPNETCORE_HTTP_PORTS= DOTNET_GCgen0size=0x4000000
WORKDIR /app
COPY --from=build /app .
EXPOSE 5101 5102
USER 1654
ENTRYPOINT ["dotnet", "/app/EdgeSync.Ingest.dll"]
