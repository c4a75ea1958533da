# Makes a user who may do everything at a stand-in for Amazon, whose first five calls are free, and lets SES send for a domain.
# Prints the user's key ID and key.
import json
import sys

import boto3

endpoint, domain = sys.argv[1:]


def client(service, key_id, key):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=key,
    )


iam = client("iam", "nobody", "nobody")
iam.create_user(UserName="status")
key = iam.create_access_key(UserName="status")["AccessKey"]
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy(UserName="status", PolicyName="all", PolicyDocument=json.dumps(policy))
# From here on every call needs its signature, after the last free ones.
ses = client("sesv2", key["AccessKeyId"], key["SecretAccessKey"])
ses.create_email_identity(EmailIdentity=domain)
ses.list_email_identities()
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
