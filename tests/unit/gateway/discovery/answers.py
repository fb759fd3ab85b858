"""What cameras answer, in the forms that several vendors' firmware writes."""

# gSOAP as most recorders and cameras embed it: SOAP-ENV prefixes, one scope for each thing, two addresses.
GSOAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header>
<wsa:MessageID>uuid:39ade894-2df3-50b2-a205-00001b0bd832</wsa:MessageID>
<wsa:RelatesTo>uuid:{c1621058-1793-432a-82d2-6cc84aff1439}</wsa:RelatesTo>
<wsa:To SOAP-ENV:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>
<wsa:Action SOAP-ENV:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action>
<wsdd:AppSequence MessageNumber="8" InstanceId="0"/></SOAP-ENV:Header><SOAP-ENV:Body><wsdd:ProbeMatches>
<wsdd:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:39ade894-2df3-50b2-a205-00001b0bd832</wsa:Address>
</wsa:EndpointReference><wsdd:Types>dn:NetworkVideoTransmitter</wsdd:Types>
<wsdd:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/Profile/Streaming
 onvif://www.onvif.org/hardware/DS-2CD2143G2 onvif://www.onvif.org/name/Gym%20floor%201
 onvif://www.onvif.org/location/Guangzhou </wsdd:Scopes>
<wsdd:XAddrs>http://192.168.1.64/onvif/device_service
 http://[fe80::9a8b:aff:fe01:203]/onvif/device_service</wsdd:XAddrs>
<wsdd:MetadataVersion>10</wsdd:MetadataVersion></wsdd:ProbeMatch></wsdd:ProbeMatches></SOAP-ENV:Body>
</SOAP-ENV:Envelope>"""

# Another family: short prefixes, capital scopes, no `RelatesTo`, no path, a port of its own, a stray octet.
SHORT = (
    b'<?xml version="1.0" encoding="utf-8" standalone="yes" ?><s:Envelope'
    b' xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    b' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:Action>'
    b"http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header><s:Body><d:ProbeMatches>"
    b"<d:ProbeMatch><a:EndpointReference><a:Address>uuid:1</a:Address></a:EndpointReference>"
    b"<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>"
    b"<d:Scopes>http://www.onvif.org/Name/IPCAM\xb0 onvif://www.onvif.org/Model/631GA</d:Scopes>"
    b"<d:XAddrs>http://10.0.0.51:8899</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
)

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8))
    + b"]><x>&i;</x>"
)

ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" {0}><s:Body>{1}</s:Body></s:Envelope>'
)
_NAMES = (
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"'
)


def answered(body: str) -> bytes:
    return ENVELOPE.format(_NAMES, body).encode()


def time_answer(hour: int) -> bytes:
    return answered(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{hour}</tt:Hour><tt:Minute>2</tt:Minute><tt:Second>3</tt:Second></tt:Time>"
        "<tt:Date><tt:Year>2011</tt:Year><tt:Month>1</tt:Month><tt:Day>31</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


MEDIA = answered(
    "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
    "<tt:XAddr>http://192.168.1.64:{port}/onvif/Media</tt:XAddr>"
    "</tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
)
PROFILES = answered(
    "<trt:GetProfilesResponse>"
    '<trt:Profiles token="sub" fixed="true"><tt:Name>Sub &amp; small</tt:Name>'
    '<tt:VideoEncoderConfiguration token="v2">'
    "<tt:Resolution><tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:Resolution>"
    "</tt:VideoEncoderConfiguration></trt:Profiles>"
    '<trt:Profiles token="main"><tt:Name>Main</tt:Name><tt:VideoSourceConfiguration token="v0"/>'
    '<tt:VideoEncoderConfiguration token="v1">'
    "<tt:Resolution><tt:Width>2688</tt:Width><tt:Height>1520</tt:Height>"
    "</tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles></trt:GetProfilesResponse>"
)
REFUSED = answered(
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">Sender not Authorized</s:Text></s:Reason></s:Fault>'
)


def stream_answer(token: str) -> bytes:
    return answered(
        "<trt:GetStreamUriResponse><trt:MediaUri>"
        f"<tt:Uri>rtsp://192.168.1.64:554/Streaming/{token}?transport=unicast&amp;p=1</tt:Uri>"
        "<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
    )
