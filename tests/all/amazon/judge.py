# Holds a JSON body to Amazon's own model of an operation: SERVICE OPERATION, the body on standard input. Prints what is wrong.
import json
import sys

import botocore.session
import botocore.validate

service, operation = sys.argv[1:]
shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
body = json.load(sys.stdin)
print(botocore.validate.ParamValidator().validate(body, shape).generate_report())
