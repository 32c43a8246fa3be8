# Makes the bucket, and a user of minio that may use it and nothing else; again and again without harm.
until mc alias set store http://minio-service:9000 "$ACCESS_KEY" "$SECRET_KEY"; do echo waiting for minio; sleep 3; done
mc mb --ignore-existing store/pachyderm
mc admin policy create store pachyderm /etc/pachyderm/policy.json
mc admin user add store "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
case "$(mc admin user info store "$AWS_ACCESS_KEY_ID")" in
*pachyderm*) echo "the user has its policy" ;;
*) mc admin policy attach store pachyderm --user "$AWS_ACCESS_KEY_ID" ;;
esac
