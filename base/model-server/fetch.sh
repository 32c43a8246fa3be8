# Copies what is under MODEL_SOURCE in minio to where the model server looks for it.
if [ -z "$MODEL_SOURCE" ]; then echo "no source is set: no model is copied"; exit 0; fi
until mc alias set store http://minio-service:9000 "$ACCESS_KEY" "$SECRET_KEY"; do echo waiting for minio; sleep 3; done
exec mc mirror --overwrite "store/$MODEL_SOURCE" /models
