# Stands in for `mongo`: the wheel's mongod with that image's user, folders and entry point.
ARG BASE
FROM ${BASE}
RUN groupadd --gid 999 mongodb && useradd --uid 999 --gid 999 --home-dir /data/db mongodb \
 && install -d -o mongodb -g mongodb /data/db /data/configdb
COPY mongod mongo-entrypoint /usr/local/bin/
VOLUME ["/data/db", "/data/configdb"]
EXPOSE 27017
ENTRYPOINT ["mongo-entrypoint"]
CMD ["mongod"]
