"""Deploys what a build wrote for Amazon at a stand-in for it, by Amazon's own library, which refuses what its service
does not know, and prints what the stand-in then holds.

The stand-in has no CloudFormation for these kinds, so what CloudFormation does with a template is done here.
Arguments: the stand-in's address, the template, and the parameters as JSON.
"""

import json
import sys

import boto3


def resolved(value, template, parameters):
    """A value of the template without its functions; None where it is left out."""
    again = lambda inner: resolved(inner, template, parameters)
    if isinstance(value, list):
        return [item for item in map(again, value) if item is not None]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Ref":
            return None if argument == "AWS::NoValue" else parameters.get(argument, argument)
        if name == "Fn::If":
            return again(argument[1] if again(template["Conditions"][argument[0]]) else argument[2])
        if name == "Fn::Equals":
            return again(argument[0]) == again(argument[1])
        if name == "Fn::Not":
            return not again(argument[0])
        if name == "Fn::FindInMap":
            table, row, column = again(argument)
            return template["Mappings"][table][row][column]
        if name == "Fn::Sub":
            for key, given in parameters.items():
                argument = argument.replace("${%s}" % key, given)
            return argument
    items = {key: again(inner) for key, inner in value.items()}
    return {key: item for key, item in items.items() if item is not None}


def counted(value):
    """The same as the library wants it: every list with its length, and names spelt its way."""
    if isinstance(value, list):
        return {"Quantity": len(value), "Items": [counted(item) for item in value]}
    if not isinstance(value, dict):
        return value
    spelt = {"AcmCertificateArn": "ACMCertificateArn", "OriginSSLProtocols": "OriginSslProtocols",
             "SslSupportMethod": "SSLSupportMethod"}
    return {spelt.get(key, key): counted(item) for key, item in value.items()}


def distribution(client, properties, reference):
    config = counted(properties["DistributionConfig"]) | {"CallerReference": reference}
    for origin in config["Origins"]["Items"]:
        if "CustomOriginConfig" in origin:
            origin["CustomOriginConfig"] |= {"HTTPPort": 80, "HTTPSPort": 443}
    for answer in config["CustomErrorResponses"]["Items"]:
        answer["ResponseCode"] = str(answer["ResponseCode"])
    made = client.create_distribution(DistributionConfig=config)["Distribution"]
    return client.get_distribution_config(Id=made["Id"])["DistributionConfig"]


def gateway_response(client, api, properties):
    named = {key[0].lower() + key[1:]: value for key, value in properties.items()}
    client.put_gateway_response(**named | {"restApiId": api})
    held = client.get_gateway_response(restApiId=api, responseType=named["responseType"])
    return {key: value for key, value in held.items() if key != "ResponseMetadata"}


def main():
    _, address, path, given = sys.argv
    with open(path, encoding="utf-8") as file:
        template = json.load(file)
    client = lambda name: boto3.client(
        name, endpoint_url=address, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    gateway = client("apigateway")
    defaults = {name: facts["Default"] for name, facts in template["Parameters"].items() if "Default" in facts}
    parameters = defaults | {"RestApi": gateway.create_rest_api(name="product")["id"]} | json.loads(given)
    held = {}
    for name, resource in template["Resources"].items():
        properties = resolved(resource["Properties"], template, parameters)
        if resource["Type"] == "AWS::CloudFront::Distribution":
            held[name] = distribution(client("cloudfront"), properties, given)
        if resource["Type"] == "AWS::ApiGateway::GatewayResponse":
            held[name] = gateway_response(gateway, parameters["RestApi"], properties)
    print(json.dumps(held))


main()
