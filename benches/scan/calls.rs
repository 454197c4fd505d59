//! Synthetic records of other calls than pushes, in the shapes that CloudTrail documents for these calls.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::rig::Seed;

/// The number of distinct roles that call.
const ROLES: u64 = 40;

/// The callers of an account in one Region.
pub struct Caller {
    account: &'static str,
    region: &'static str,
}

impl Caller {
    pub fn new(account: &'static str, region: &'static str) -> Self {
        Self { account, region }
    }

    /// The record of one call.
    pub fn call(&self, random: &mut Seed, time: DateTime<Utc>) -> Value {
        let call = CALLS[draw(random)];
        let (request, response, resources) = self.parameters(call, random);
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": self.identity(call, random),
            "eventTime": time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "eventSource": format!("{}.amazonaws.com", call.service),
            "eventName": call.name,
            "awsRegion": self.region,
            "sourceIPAddress": source_ip(call, random),
            "userAgent": user_agent(call, random),
            "requestParameters": request,
            "responseElements": response,
            "requestID": uuid(random),
            "eventID": uuid(random),
            "readOnly": call.read_only,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": format!("{}.{}.amazonaws.com", call.service, self.region),
            },
        });
        if let Some(resources) = resources {
            record["resources"] = resources;
        }
        if random.chance(0.03) {
            record["errorCode"] = json!("AccessDenied");
            record["errorMessage"] =
                json!(format!("User is not authorized to perform: {}:{}", call.service, call.name));
            record["responseElements"] = Value::Null;
        }
        record
    }

    fn identity(&self, call: Call, random: &mut Seed) -> Value {
        if call.by_service {
            return json!({"type": "AWSService", "invokedBy": "ecs-tasks.amazonaws.com"});
        }
        let role = random.next() % ROLES;
        let session = format!("i-{:017x}", (role * 31 + random.next() % 5).wrapping_mul(0x9e37_79b9_7f4a));
        let name = format!("service-{role}-task-role");
        json!({
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLE{role:010}:{session}"),
            "arn": format!("arn:aws:sts::{}:assumed-role/{name}/{session}", self.account),
            "accountId": self.account,
            "accessKeyId": format!("ASIAEXAMPLE{:09}", random.next() % 1_000),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": format!("AROAEXAMPLE{role:010}"),
                    "arn": format!("arn:aws:iam::{}:role/{name}", self.account),
                    "accountId": self.account, "userName": name,
                },
                "attributes": {"creationDate": "2025-11-08T06:12:44Z", "mfaAuthenticated": "false"},
            },
        })
    }

    /// Request, response and resources.
    fn parameters(&self, call: Call, random: &mut Seed) -> (Value, Value, Option<Value>) {
        let (account, region) = (self.account, self.region);
        let number = random.next();
        match call.name {
            "Decrypt" | "GenerateDataKey" => {
                let arn = format!("arn:aws:kms:{region}:{account}:key/{}", uuid(&mut Seed::new(number % 20)));
                let context = json!({"aws:s3:arn": format!("arn:aws:s3:::data-{}", number % 30)});
                let request =
                    json!({"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "keyId": arn});
                (request, Value::Null, Some(json!([{"accountId": account, "type": "AWS::KMS::Key", "ARN": arn}])))
            }
            "AssumeRole" => {
                let role = format!("arn:aws:iam::{account}:role/service-{}-task-role", number % ROLES);
                let request = json!({
                    "roleArn": role, "roleSessionName": format!("{:032x}", u128::from(number) << 32),
                    "durationSeconds": 3600,
                });
                let response = json!({"credentials": {
                    "accessKeyId": format!("ASIAEXAMPLE{:09}", number % 1_000), "expiration": "Nov 8, 2025, 7:12:44 AM",
                    "sessionToken": format!("{number:016x}").repeat(20),
                }});
                (request, response, Some(json!([{"accountId": account, "type": "AWS::IAM::Role", "ARN": role}])))
            }
            "BatchGetImage" | "GetDownloadUrlForLayer" | "BatchCheckLayerAvailability" => {
                let name = format!("prod/service-{}", number % ROLES);
                let arn = format!("arn:aws:ecr:{region}:{account}:repository/{name}");
                let request = json!({
                    "registryId": account, "repositoryName": name,
                    "imageIds": [{"imageTag": format!("v{}", number % 100)}],
                    "acceptedMediaTypes": ["application/vnd.oci.image.manifest.v1+json"],
                });
                (request, Value::Null, Some(json!([{"accountId": account, "ARN": arn}])))
            }
            "RunInstances" | "CreateNetworkInterface" => {
                let items: Vec<Value> = (0..4)
                    .map(|item| json!({"instanceId": format!("i-{:017x}", number >> item), "state": {"code": 0}}))
                    .collect();
                let request = json!({"subnetId": format!("subnet-{:017x}", number % 12), "maxCount": 4});
                (request, json!({"requestId": uuid(random), "instancesSet": {"items": items}}), None)
            }
            "PutObject" => {
                let bucket = format!("data-{}", number % 30);
                let request = json!({
                    "bucketName": bucket, "Host": format!("{bucket}.s3.{region}.amazonaws.com"),
                    "key": format!("exports/{}/{:016x}.parquet", number % 365, number),
                });
                (request, json!({"x-amz-server-side-encryption": "aws:kms"}), None)
            }
            _ => {
                let filters =
                    json!({"items": [{"name": "tag:service", "valueSet": {"items": [{"value": number % ROLES}]}}]});
                (json!({"filterSet": filters, "maxResults": 100}), Value::Null, None)
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Call {
    /// In percent of the records.
    share: u64,
    service: &'static str,
    name: &'static str,
    read_only: bool,
    by_service: bool,
}

const fn call(share: u64, service: &'static str, name: &'static str, read_only: bool, by_service: bool) -> Call {
    Call { share, service, name, read_only, by_service }
}

const CALLS: [Call; 14] = [
    call(22, "sts", "AssumeRole", true, true),
    call(18, "kms", "Decrypt", true, false),
    call(6, "kms", "GenerateDataKey", true, false),
    call(10, "ec2", "DescribeInstances", true, false),
    call(8, "ec2", "DescribeNetworkInterfaces", true, false),
    call(5, "logs", "DescribeLogGroups", true, false),
    call(5, "elasticloadbalancing", "DescribeTargetHealth", true, false),
    call(5, "monitoring", "DescribeAlarms", true, false),
    call(7, "ecr", "BatchGetImage", true, false),
    call(5, "ecr", "GetDownloadUrlForLayer", true, false),
    call(2, "ecr", "BatchCheckLayerAvailability", true, false),
    call(4, "s3", "PutObject", false, false),
    call(2, "ec2", "CreateNetworkInterface", false, false),
    call(1, "ec2", "RunInstances", false, false),
];

fn draw(random: &mut Seed) -> usize {
    let mut rest = random.next() % CALLS.iter().map(|call| call.share).sum::<u64>();
    CALLS
        .iter()
        .position(|call| {
            let is_it = rest < call.share;
            rest = rest.saturating_sub(call.share);
            is_it
        })
        .expect("the shares cover what is drawn")
}

fn source_ip(call: Call, random: &mut Seed) -> String {
    if call.by_service {
        "ecs-tasks.amazonaws.com".to_owned()
    } else {
        format!("10.0.{}.{}", random.next() % 8, random.next() % 250)
    }
}

fn user_agent(call: Call, random: &mut Seed) -> &'static str {
    const AGENTS: [&str; 3] = [
        "aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.2 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.211.0",
        "Boto3/1.38.9 md/Botocore#1.38.9 ua/2.1 os/linux#6.1.134 md/arch#x86_64 lang/python#3.12.10 cfg/retry-mode#legacy",
        "aws-sdk-java/2.31.20 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.134 lang/java#21.0.7",
    ];
    if call.by_service { "ecs-tasks.amazonaws.com" } else { AGENTS[(random.next() % 3) as usize] }
}

fn uuid(random: &mut Seed) -> String {
    let (high, low) = (random.next(), random.next());
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    format!("{a:08x}-{b:04x}-4{c:03x}-a{:03x}-{:012x}", low >> 52, low & 0xffff_ffff_ffff)
}
