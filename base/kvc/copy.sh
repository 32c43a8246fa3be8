# Copies what is under KVC_SOURCE in minio into the claim; what is there already and has not changed is left alone.
if [ -z "$KVC_SOURCE" ]; then echo "no source is set: the claim stays as it is"; exit 0; fi
until mc alias set store http://minio-service:9000 "$ACCESS_KEY" "$SECRET_KEY"; do echo waiting for minio; sleep 3; done
exec mc mirror --overwrite "store/$KVC_SOURCE" /data
