// 简体中文。

export const zh = {
  "title": "Gymbox 设备群", "skip": "跳到正文", "theme": "深色或浅色", "logout": "退出", "never": "从未",
  "more": "显示更多", "save": "保存", "edit": "编辑", "cancel": "取消", "close": "关闭", "done": "完成",
  "unreachable": "服务没有响应。显示的内容可能已过时；本页会继续尝试。",

  "nav.boxes": "设备", "nav.alerts": "告警", "nav.rollouts": "发布", "nav.enrolments": "登记", "nav.audit": "审计", "nav.people": "操作员",
  "role.viewer": "查看者", "role.operator": "操作员", "role.release-manager": "发布管理员", "role.admin": "管理员",
  "state.online": "在线", "state.late": "迟到", "state.offline": "离线", "state.never": "从未出现", "state.revoked": "已吊销", "state.unknown": "未知",
  "health.ok": "良好", "health.degraded": "降级", "health.failed": "故障", "health.unknown": "未知",
  "severity.warning": "警告", "severity.critical": "严重", "resolved.ok": "已解除",

  "login.title": "登录", "login.name": "名称", "login.password": "密码", "login.button": "登录",
  "setup.title": "设置密码", "setup.note": "此链接只能使用一次。", "setup.button": "保存密码", "setup.done": "{name} 现在可以登录。",
  "password.new": "新密码", "password.again": "再输入一次", "password.rule": "至少 12 个字符。", "password.differ": "两次输入不一致。",
  "password.old": "旧密码", "password.change": "修改密码", "password.changed": "密码已修改，请重新登录。",

  "boxes.states": "各状态的设备数量", "boxes.search": "按编号、健身房、标签或版本搜索", "boxes.alerts": "仅有告警的",
  "boxes.none": "没有符合的设备，请更改搜索。", "boxes.first": "还没有设备。先生成认领码，再在设备上输入。",
  "boxes.box": "设备", "boxes.gym": "健身房", "boxes.state": "状态", "boxes.health": "健康", "boxes.software": "软件", "boxes.tags": "标签", "boxes.seen": "最近出现",
  "boxes.open": "未解除的告警：{n}",
  "claim.new": "新设备", "claim.note": "生成认领码，在设备上输入一次。", "claim.box": "设备编号", "claim.gym": "健身房编号", "claim.tenant": "租户",
  "claim.approval": "设备到来时需要批准", "claim.make": "生成认领码", "claim.made": "认领码", "claim.once": "只显示这一次，30 天内有效。",

  "box.parts": "健康", "box.figures": "数据与版本", "box.identity": "身份", "box.jobs": "任务", "box.config": "配置", "box.twin": "孪生",
  "box.silent": "设备尚未报告状况。", "box.clock": "时钟偏差", "box.disk": "磁盘空闲", "box.outbox": "等待发送", "box.records": "{n} 条记录",
  "box.oldest": "最早的已等待", "box.since": "登记于", "box.untagged": "没有标签。", "box.tags.label": "标签，以空格分隔", "box.tags.note": "例如 spa 或 ring=early。",
  "box.token": "没有证书：设备使用令牌。", "box.version": "版本 {n}", "box.type": "输入 {id} 以继续",
  "box.revoke": "吊销", "box.revoke.note": "其证书和令牌立即失效。已发送的内容会保留。用新的认领码可以重新加入。",
  "box.decommission": "退役", "box.decommission.note": "设备被永久移除，编号不再使用。已发送的内容会保留。",
  "certificate.serial": "序列号", "certificate.until": "到期", "certificate.standing": "情况", "certificate.revoked": "已吊销", "certificate.superseded": "已替换",
  "certificate.used": "使用中", "certificate.unused": "尚未使用",

  "config.bundle": "配置包", "config.desired": "期望", "config.reported": "报告", "config.none": "这里没有设置过。", "config.edit": "设置",
  "config.values": "此设备的值（JSON）", "config.broken": "这不是 JSON",
  "config.note": "与 gymbox.toml 相同，站点、摄像头和设备按编号写成对象；null 取消一个值。新值使设备无法连接服务时，它会自行恢复。",

  "job.new": "新任务", "job.kind": "内容", "job.state": "状态", "job.at": "提出", "job.by": "提出者", "job.send": "交给设备", "job.sent": "设备下次查询时会得知。",
  "job.none": "没有任务。", "job.cancel": "收回", "job.canceled": "已收回。", "job.download": "下载诊断",
  "job.kind.restart_part": "重启部件", "job.kind.collect_diagnostics": "收集诊断", "job.kind.reprobe_cameras": "重新检查摄像头", "job.kind.pull_model": "获取模型",
  "job.kind.update": "更新软件", "job.kind.factory_reset": "恢复出厂设置",
  "job.note.restart_part": "box 会重启整个进程；训练随后继续。", "job.note.collect_diagnostics": "不含图像、会员数据和密钥。在此保留 30 天。",
  "job.note.reprobe_cameras": "重新打开每个摄像头。", "job.note.pull_model": "来自设备自己的目录。", "job.note.factory_reset": "清除设备上的一切：会员、计划、密钥。无法撤销。",
  "job.field.part": "部件", "job.field.model": "模型", "job.field.confirm": "输入 {id}",

  "alerts.none": "一切正常。", "alerts.past": "已解除", "alerts.severity": "程度", "alerts.what": "内容", "alerts.box": "设备", "alerts.opened": "开始", "alerts.last": "最近",
  "alerts.count": "次数", "alerts.known": "知悉者", "alerts.acknowledge": "知悉", "alerts.acknowledged": "已标记为知悉。",

  "audit.none": "没有记录。", "audit.actor": "谁", "audit.action": "做了什么", "audit.subject": "对象", "audit.at": "时间", "audit.detail": "详情", "audit.export": "导出",

  "enrolments.none": "没有等待的设备。", "enrolments.note": "只有设备显示相同指纹时才批准。", "enrolments.box": "设备", "enrolments.gym": "健身房", "enrolments.fingerprint": "密钥指纹",
  "enrolments.asked": "申请", "enrolments.decide": "决定", "enrolments.approve": "批准", "enrolments.reject": "拒绝", "enrolments.approved": "{id} 下次请求时加入。", "enrolments.rejectd": "{id} 未被允许加入。",
  "tenants.title": "租户", "tenants.name": "租户", "tenants.boxes": "设备", "tenants.state": "状态", "tenants.do": "操作", "tenants.ok": "已接入", "tenants.disabled": "已停用",
  "tenants.disable": "停用", "tenants.enable": "启用", "tenants.enabled": "{id} 已重新接入。", "tenants.note": "{id} 的 {n} 台设备不再得到响应，直到重新启用。健身房照常运行。",

  "kind.models": "模型", "kind.software": "软件", "kind.config": "配置",
  "rollouts.none": "还没有发布。", "rollouts.new": "新发布", "rollouts.start": "开始", "rollouts.kind": "种类", "rollouts.subject": "名称", "rollouts.subject.note": "模型、配置包，或 gymbox。",
  "rollouts.version": "版本", "rollouts.version.note": "留空：最新。", "rollouts.groups": "分组", "rollouts.failures": "已退回的设备", "rollouts.about": "概况", "rollouts.champion": "之前的版本",
  "rollouts.by": "发起者", "rollouts.begun": "开始", "rollouts.changed": "更改", "rollouts.whose": "范围", "rollouts.everybody": "所有租户", "rollouts.box": "设备", "rollouts.group": "分组", "rollouts.reason": "原因",
  "rollouts.boxes": "{n} 台设备", "rollouts.succeeded": "成功", "rollouts.failed": "失败", "rollouts.open": "进行中", "rollouts.silent": "无响应", "rollouts.waits": "等待轮到",
  "rollouts.need": "需 {share} 成功", "rollouts.bear": "失败超过 {share} 即停止", "rollouts.soak": "观察 {time}", "rollouts.beside": "与现有版本并行", "rollouts.gate": "需要批准",
  "rollouts.status.running": "进行中", "rollouts.status.waiting_for_approval": "等待批准", "rollouts.status.paused": "已暂停", "rollouts.status.halted": "已停止", "rollouts.status.aborted": "已中止", "rollouts.status.finished": "已完成",
  "rollouts.pause": "暂停", "rollouts.pause.done": "已暂停。", "rollouts.resume": "继续", "rollouts.resume.done": "继续进行。", "rollouts.approve": "批准", "rollouts.approve.done": "已批准。",
  "software.title": "软件版本", "software.version": "版本", "software.purpose": "目的", "software.signed": "签名于", "software.state": "状态", "software.feature": "功能", "software.security": "安全",
  "software.free": "可发布", "software.withdrawn": "已撤回", "software.withdraw": "撤回",
  "software.note": "{version} 的发布将停止，设备退回之前的版本，此版本不再发布。持有密钥者还需撤回签名：gymbox cloud release withdraw。",
  "rollouts.abort": "中止", "rollouts.abort.note": "所有得到此版本的设备退回之前的版本。",

  "people.accounts": "操作员", "people.tokens": "程序令牌", "people.notokens": "没有令牌。", "people.add": "新操作员", "people.token": "新令牌", "people.make": "创建",
  "people.name": "名称", "people.role": "角色", "people.tenant": "租户", "people.tenant.note": "留空：所有租户。", "people.all": "所有租户", "people.since": "创建于", "people.do": "操作", "people.until": "到期", "people.note": "用途", "people.days": "天数",
  "people.waits": "尚无密码", "people.role.of": "{name} 的角色", "people.changed": "已更改。", "people.reset": "新密码", "people.reset.note": "{name} 的密码将被取消，所有会话结束。",
  "people.remove": "删除", "people.remove.note": "{name} 立即退出。", "people.revoke": "吊销", "people.revoked": "已吊销", "people.once": "只显示这一次。",
  "people.link": "设置密码的链接", "people.link.note": "交给 {name}。一天之内可用一次。",
};
