# Stands in for `apache/kafka`: Kafka's jars, among them the program by which that image turns
# KAFKA_* variables into its configuration and formats the storage.
ARG BASE
FROM ${BASE}
RUN groupadd --gid 1000 appuser && useradd --uid 1000 --gid 1000 --no-create-home appuser \
 && install -d -o appuser -g appuser /var/lib/kafka/data /mnt/shared/config /opt/kafka/config \
      /opt/kafka/logs /etc/kafka/secrets
COPY java /opt/java
COPY libs /opt/kafka/libs
COPY kafka-server.properties /etc/kafka/docker/server.properties
COPY kafka-log4j2.yaml /etc/kafka/docker/log4j2.yaml
COPY kafka-log4j2.yaml /etc/kafka/docker/tools-log4j2.yaml
COPY kafka-run /etc/kafka/docker/run
ENV PATH=/opt/java/bin:$PATH CLUSTER_ID=5L6g3nShT-eMCtK--X86sw
USER appuser
VOLUME ["/etc/kafka/secrets", "/var/lib/kafka/data", "/mnt/shared/config"]
EXPOSE 9092
CMD ["/etc/kafka/docker/run"]
